// A few lines of test harness: the page runs every test and leaves window.results for the driver.

const tests = [];

export const test = (name, body) => tests.push({name, body});

export function equal(actual, expected, what = '') {
  const [a, e] = [JSON.stringify(actual), JSON.stringify(expected)];
  if (a !== e) throw new Error(`${what} is ${a}, expected ${e}`);
}

// The same numbers in every run.
export function randomInts(seed) {
  let state = seed >>> 0;
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor(state / 2 ** 32 * below);
  };
}

export async function runAll() {
  const failures = [];
  for (const {name, body} of tests) {
    try {
      await body();
    } catch (error) {
      failures.push(`${name}: ${error.message}`);
    }
  }
  window.results = {count: tests.length, failures};
}
