/** A category as words to show: manifests write them in lowercase, joined by hyphens. */
export function categoryInWords(category: string): string {
  const words = category.replaceAll('-', ' ');
  return words.charAt(0).toUpperCase() + words.slice(1);
}
