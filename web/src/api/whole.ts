interface Some {
  /** Where the next page goes on, if there is one. */
  next?: string | null | undefined;
}

/** Every entry of a list that comes in pages. */
export async function whole<Page extends Some, Entry>(
  load: (cursor: string | undefined) => Promise<Page>,
  entries: (page: Page) => Entry[],
): Promise<Entry[]> {
  const all: Entry[] = [];
  let cursor: string | undefined;
  do {
    const page = await load(cursor);
    all.push(...entries(page));
    cursor = page.next ?? undefined;
  } while (cursor);
  return all;
}
