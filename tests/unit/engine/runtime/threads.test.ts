import { afterEach, describe, expect, test } from 'vitest'
import { openThreads, type Threads } from '#engine/runtime/threads.ts'

const program = new URL('../../../support/workers/answering-thread.ts', import.meta.url)
const opened: Threads<number, number>[] = []
const open = (count: number, from = program): Threads<number, number> => {
  const threads = openThreads<number, number>(from, { count, name: 'doubling' })
  opened.push(threads)
  return threads
}
afterEach(() => Promise.all(opened.splice(0).map((threads) => threads.close())))

describe('threads', () => {
  test('answer each question, however many wait', async () => {
    const threads = open(2)
    const numbers = Array.from({ length: 50 }, (_, index) => index + 1)
    expect(await Promise.all(numbers.map((number) => threads.ask(number)))).toEqual(numbers.map((number) => 2 * number))
  })

  test('throw what answering throws, with its code, and go on', async () => {
    const threads = open(1)
    await expect(threads.ask(0)).rejects.toMatchObject({ code: 'bad-input', message: 'Zero is not doubled.' })
    expect(await threads.ask(3)).toBe(6)
  })

  test('one that ends fails what it was asked, and another takes its place', async () => {
    const threads = open(1)
    await expect(threads.ask(-1)).rejects.toMatchObject({ code: 'crashed', message: 'The doubling thread ended: it left with 3' })
    expect(await threads.ask(4)).toBe(8)
  })

  test('a program that is not there is named', async () => {
    await expect(open(1, new URL('./no-such-program.ts', import.meta.url)).ask(1)).rejects.toThrow(/The doubling thread ended: .*no-such-program/)
  })
})
