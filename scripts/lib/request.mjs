import { request as httpRequest } from 'node:http';

/**
 * A GET with a Host header of its own, which fetch would not send.
 * @param {string} url
 * @param {string} host
 * @returns {Promise<{ status: number, body: string }>}
 */
export const request = (url, host) =>
  new Promise((resolve, reject) => {
    const outgoing = httpRequest(url, { headers: { host } }, (response) => {
      let body = '';
      response.setEncoding('utf8').on('data', (text) => void (body += text));
      response.on('end', () => resolve({ status: response.statusCode ?? 0, body }));
    });
    outgoing.on('error', reject).end();
  });
