/** Numbers, dates and sizes in a locale's manner. */
export interface Format {
  date: (iso: string) => string;
  dateTime: (iso: string) => string;
  number: (n: number) => string;
  /** Decimal units, as disks and downloads are measured: 1 kB is 1000 bytes. */
  size: (bytes: number) => string;
  /** An amount in the currency's minor unit, such as cents. */
  money: (minor: number, currency: string) => string;
}

const SIZE_UNITS = ['byte', 'kilobyte', 'megabyte', 'gigabyte'] as const;

export function createFormat(locale: string): Format {
  const dates = new Intl.DateTimeFormat(locale, { dateStyle: 'medium' });
  const dateTimes = new Intl.DateTimeFormat(locale, { dateStyle: 'long', timeStyle: 'short' });
  // What cannot be read as a date is shown as it came.
  const orRaw = (iso: string, show: (date: Date) => string) => {
    const date = new Date(iso);
    return Number.isNaN(date.getTime()) ? iso : show(date);
  };
  return {
    date: (iso) => orRaw(iso, (date) => dates.format(date)),
    dateTime: (iso) => orRaw(iso, (date) => dateTimes.format(date)),
    number: (n) => new Intl.NumberFormat(locale).format(n),
    size: (bytes) => {
      const power = bytes < 1000 ? 0 : Math.min(3, Math.floor(Math.log10(bytes) / 3));
      return new Intl.NumberFormat(locale, {
        style: 'unit',
        unit: SIZE_UNITS[power] ?? 'byte',
        unitDisplay: power === 0 ? 'long' : 'short',
        maximumSignificantDigits: 3,
      }).format(bytes / 1000 ** power);
    },
    money: (minor, currency) => {
      const shown = new Intl.NumberFormat(locale, { style: 'currency', currency });
      const digits = shown.resolvedOptions().maximumFractionDigits ?? 2;
      return shown.format(minor / 10 ** digits);
    },
  };
}
