import { Problem, toProblem } from './problem';

/** As much of the client's answers as matters here. */
interface Answer<T> {
  data?: T | undefined;
  error?: unknown;
  response: Response;
}

async function settled<T>(answer: Promise<Answer<T>>): Promise<Answer<T>> {
  let given: Answer<T>;
  try {
    given = await answer;
  } catch (cause) {
    // `fetch` rejects only when there was no answer; a body that is no JSON rejects here as well.
    throw new Problem(cause instanceof SyntaxError ? 502 : 0, '');
  }
  if (!given.response.ok) throw toProblem(given.response.status, given.error);
  return given;
}

/** What was answered. Rejects with a `Problem`. */
export async function data<T>(answer: Promise<Answer<T>>): Promise<T> {
  const { data: value, response } = await settled(answer);
  if (value === undefined) throw new Problem(response.status, '');
  return value;
}

/** What was answered, if there is anything: 204 is nothing. Rejects with a `Problem`. */
export async function dataIfAny<T>(answer: Promise<Answer<T>>): Promise<T | undefined> {
  const { data: value, response } = await settled(answer);
  return response.status === 204 ? undefined : value;
}

/** That it was done. Rejects with a `Problem`. */
export async function nothing(answer: Promise<Answer<unknown>>): Promise<void> {
  await settled(answer);
}

/** What a request that changes something brings besides its cookie: the token of its session. */
export const withToken = (csrf: string) => ({ headers: { 'X-CSRF-Token': csrf } });
