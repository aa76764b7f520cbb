import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { measureProviders, proposalAmong } from '#engine/provider-choice/measure-providers.ts'
import { tryProvider } from '#engine/provider-choice/trial-process.ts'
import type { Trial, TrialRequest } from '#engine/provider-choice/trial-request.ts'
import type { Provider, ProviderStatus } from '#shared/domain.ts'
import { temporaryFolder } from '../../../support/temporary-folder.ts'

const request: TrialRequest = { provider: 'webgpu', works: ['encode'], model: 'nowhere', encoderRoots: [], photos: 1, steps: 1 }

/** A program that stands for a driver: what it does, it does in a process of its own. */
function program(name: string, text: string): string {
  const file = join(temporaryFolder(), `${name}.mjs`)
  writeFileSync(file, text)
  return file
}

const trialOf = (aSecond: number, features: number[]): Trial => ({ device: 'a card', seconds: 1, encode: { aSecond, features } })
const answers = (trial: Trial): string => `console.log(${JSON.stringify(JSON.stringify({ trial }))})`

describe('trying a provider in a process of its own', () => {
  test('a crash is an answer that says how it ended', async () => {
    const outcome = await tryProvider(request, { limitSeconds: 60, program: program('crash', 'process.abort()') })
    expect(outcome).toMatchObject({ reason: expect.stringContaining('SIGABRT') as string })
  })

  test('a hang is ended at the limit, and said to be one', async () => {
    const outcome = await tryProvider(request, { limitSeconds: 1, program: program('hang', 'for (;;);') })
    expect(outcome).toEqual({ reason: 'It took longer than 1 seconds.' })
  })

  test('tells each work before it begins, and lets a driver speak in between', async () => {
    const works: string[] = []
    const text = `console.log('Warning: a driver'); console.log('{"work":"encode"}'); ${answers(trialOf(3, [1]))}`
    const outcome = await tryProvider(request, { limitSeconds: 60, program: program('chatty', text), onWork: (work) => works.push(work) })
    expect(works).toEqual(['encode'])
    expect(outcome).toMatchObject({ encode: { aSecond: 3 } })
  })

  test('is cancelled at once, though the process hears nothing', async () => {
    const abort = new AbortController()
    const trying = tryProvider(request, { limitSeconds: 600, signal: abort.signal, program: program('deaf', 'for (;;);') })
    abort.abort()
    await expect(trying).rejects.toMatchObject({ code: 'cancelled' })
  })

  test('a provider that is not to be had fails at its work, with the reason', async () => {
    const foreign: Provider = process.platform === 'win32' ? 'coreml' : 'directml'
    const outcome = await tryProvider({ ...request, provider: foreign, works: ['train'] }, { limitSeconds: 300 })
    expect(outcome).toMatchObject({ train: { failed: expect.stringContaining(`no ${foreign} provider`) as string } })
  }, 300_000)
})

describe('what is proposed', () => {
  const status = (asked: Provider, there: boolean): ProviderStatus => ({
    asked,
    ...(there
      ? { executed: asked, device: 'a card', since: '2026-01-01T00:00:00Z', reason: '', todo: '' }
      : { executed: null, device: '', since: null, reason: 'Not here.', todo: '' }),
  })
  async function proposed(programOfCard: string, there = true) {
    const cpu = program('cpu', answers(trialOf(10, [1, 0.5])))
    const trials = {
      probe: (provider: Provider) => Promise.resolve(status(provider, provider === 'cpu' || there)),
      trial: (provider: Provider, limitSeconds: number) =>
        tryProvider({ ...request, provider }, { limitSeconds, program: provider === 'cpu' ? cpu : programOfCard }),
    }
    const measured = await measureProviders(['cpu', 'webgpu'], trials, { works: ['encode'], limitSeconds: () => 2 })
    return { measured, ...proposalAmong(measured) }
  }

  test('is one that is faster and agrees, with its speed', async () => {
    const { proposal, says } = await proposed(program('fast', answers(trialOf(62, [1.001, 0.5]))))
    expect(proposal).toBe('webgpu')
    expect(says).toBe('WebGPU (a card) is 6.2 times as fast as the CPU, and agrees with it.')
  })

  test.each([
    ['disagrees', answers(trialOf(99, [1.2, 0.5])), 'does not agree with the CPU (features within 2.0e-1 of the largest)'],
    ['gives what is no number', answers(trialOf(99, [1, 0.5])).replace('0.5', 'null'), 'was not measured (Its process ended'],
    ['is slower', answers(trialOf(1, [1, 0.5])), 'is slower (encode: 0.10 times as fast)'],
    ['is hardly faster', answers(trialOf(11, [1, 0.5])), 'is hardly faster (1.10 times as fast)'],
    ['crashes', 'process.abort()', 'SIGABRT'],
    ['hangs', 'for (;;);', 'longer than 2 seconds'],
  ])('is none that %s, and the reason is named', async (name, text, reason) => {
    const { proposal, says } = await proposed(program(`card that ${name}`, text))
    expect(proposal).toBeNull()
    expect(says).toMatch(/^The CPU stays: WebGPU /)
    expect(says).toContain(reason)
  })

  test('where only the CPU is there, nothing is measured, and one sentence says so', async () => {
    const { measured, proposal, says } = await proposed(program('never asked', 'process.abort()'), false)
    expect(proposal).toBeNull()
    expect(says).toBe('Only the CPU runs models on this machine.')
    expect(measured).toEqual([
      { provider: 'cpu', device: 'a card', reason: null, speeds: {} },
      { provider: 'webgpu', device: '', reason: 'Not here.', speeds: {} },
    ])
  })
})
