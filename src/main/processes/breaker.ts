/** After three crashes in a row a kind of work is not started again until a person resets it. */
export interface Breaker {
  readonly open: boolean
  crashed(): void
  succeeded(): void
  reset(): void
}

export function createBreaker(limit = 3): Breaker {
  let crashes = 0
  return {
    get open() {
      return crashes >= limit
    },
    crashed: () => {
      crashes++
    },
    succeeded: () => {
      crashes = 0
    },
    reset: () => {
      crashes = 0
    },
  }
}
