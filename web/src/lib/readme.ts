/** The level of the headings right below the page's own. */
const TOP_LEVEL = 2;

/**
 * Fits the registry's rendered Markdown into a page that has its own heading: a first heading that repeats it goes,
 * the others start at the second level, and what scrolls sideways can be reached by keyboard. The registry has
 * sanitised the HTML. Links are looked at once more: a host page may not have the policy that stops `javascript:`.
 */
export function fitReadme(html: string, pageTitle: string): string {
  const document = new DOMParser().parseFromString(html, 'text/html');
  const { body } = document;

  const first = body.firstElementChild;
  if (first && /^H[1-6]$/.test(first.tagName) && sameTitle(first.textContent, pageTitle)) {
    first.remove();
  }
  const headings = Array.from(body.querySelectorAll('h1, h2, h3, h4, h5, h6'), (heading) => ({
    heading,
    level: Number(heading.tagName[1]),
  }));
  const shift = TOP_LEVEL - Math.min(...headings.map(({ level }) => level));
  for (const { heading, level } of headings) {
    const fitted = document.createElement(`h${Math.min(level + shift, 6)}`);
    for (const { name, value } of heading.attributes) fitted.setAttribute(name, value);
    fitted.append(...heading.childNodes);
    heading.replaceWith(fitted);
  }
  for (const link of body.querySelectorAll('a[href]')) {
    if (!/^(https?|mailto):/i.test(link.getAttribute('href') ?? '')) link.removeAttribute('href');
  }
  for (const code of body.querySelectorAll('pre')) code.tabIndex = 0;
  for (const table of body.querySelectorAll('table')) {
    const frame = document.createElement('div');
    frame.className = 'table-frame';
    frame.tabIndex = 0;
    table.replaceWith(frame);
    frame.append(table);
  }
  return body.innerHTML;
}

function sameTitle(a: string, b: string): boolean {
  return a.trim().toLowerCase() === b.trim().toLowerCase();
}
