/** Left-aligned columns under underlined titles; no blanks at the end of a line. */
export function renderTable(titles: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const widths = titles.map((title, column) => Math.max(title.length, ...rows.map((row) => row[column]?.length ?? 0)));
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join(' ')
      .trimEnd();
  return [line(titles), line(titles.map((title) => '-'.repeat(title.length))), ...rows.map(line)];
}
