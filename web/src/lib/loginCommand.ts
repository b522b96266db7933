/** What logs `adx` in at a registry, pasted into a terminal. Without an address, at the one that the page came from. */
export const loginCommand = (registryUrl: string) =>
  `adx login --registry ${new URL(registryUrl || window.location.origin).href.replace(/\/$/, '')}`;
