/** Leaves the site for a page of another. */
export function leave(address: string): void {
  window.location.assign(address);
}
