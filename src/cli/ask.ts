import { createInterface } from 'node:readline';

interface Terminal {
  stdin: NodeJS.ReadStream;
  stderr: NodeJS.WriteStream;
}

/** Asks for a line on the terminal; undefined when the input ends instead. */
export type AskLine = (question: string) => Promise<string | undefined>;

/** Undefined where nobody can be asked: without a terminal for both the question and the answer. */
export function createAskLine({ stdin, stderr }: Terminal): AskLine | undefined {
  if (!stdin.isTTY || !stderr.isTTY) return undefined;
  return (question) =>
    new Promise((resolve) => {
      // Not `terminal`: the kernel edits the line, and Ctrl-C stays a signal that ends the command.
      const lines = createInterface({ input: stdin, output: stderr, terminal: false });
      let answer: string | undefined;
      lines.once('close', () => {
        if (answer === undefined) stderr.write('\n');
        resolve(answer);
      });
      lines.question(question, (line) => {
        answer = line;
        lines.close();
      });
    });
}
