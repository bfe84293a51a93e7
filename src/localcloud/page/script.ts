/** Runs in the browser: asks for the page again and again, and puts its main part in place. */
export const SCRIPT = `const EVERY_MILLISECONDS = 2000;
const button = document.getElementById('live');
let isLive = true;

const show = (text) => {
  button.textContent = text;
  button.setAttribute('aria-pressed', String(isLive));
};

// Somebody who selects text or has unfolded something must not lose it.
const isBusy = () => document.hidden || !isLive || String(getSelection()) !== '';

const refresh = async () => {
  if (isBusy()) return;
  try {
    const response = await fetch(location.href, { headers: { accept: 'text/html' } });
    const page = new DOMParser().parseFromString(await response.text(), 'text/html');
    const fresh = page.querySelector('main');
    const stale = document.querySelector('main');
    if (fresh === null || stale === null || isBusy()) return;
    const unfolded = new Map([...stale.querySelectorAll('details')].map((one) => [one.dataset.key, one.open]));
    for (const one of fresh.querySelectorAll('details')) {
      if (unfolded.has(one.dataset.key)) one.open = unfolded.get(one.dataset.key);
    }
    const scrolled = [...stale.querySelectorAll('.scroll')].map((one) => one.scrollLeft);
    stale.replaceWith(fresh);
    fresh.querySelectorAll('.scroll').forEach((one, i) => (one.scrollLeft = scrolled[i] ?? 0));
    show('live');
  } catch {
    show('away');
  }
};

button.hidden = false;
button.addEventListener('click', () => {
  isLive = !isLive;
  show(isLive ? 'live' : 'paused');
});
setInterval(refresh, EVERY_MILLISECONDS);
`;
