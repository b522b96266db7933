const plural = new Intl.PluralRules('en');

/** A number of things in English. */
export const count = (n: number, one: string, other: string) =>
  `${new Intl.NumberFormat('en').format(n)} ${plural.select(n) === 'one' ? one : other}`;
