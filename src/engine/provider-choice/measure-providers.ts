/** Which provider should run the models: those that are there, measured beside the CPU; the fastest that agrees with it is proposed. */
import {
  providerTitles,
  trialWorks,
  type MeasuredProvider,
  type Provider,
  type ProviderStatus,
  type ProviderTrialProgress,
  type TrialSpeed,
  type TrialWork,
} from '#shared/domain.ts'
import type { Trial } from './trial-request.ts'

/**
 * How far a provider may be from the CPU: features and losses by the largest of the CPU's, captions by their log-probabilities. GPUs multiply with 10 bits of
 * mantissa where they can (TensorFloat-32), which is off by 1e-3 after some layers; a wrong kernel is off by far more.
 */
export const tolerances = { features: 5e-3, logProbability: 0.02, losses: 5e-3 } as const

/** Proposed is what is this many times as fast as the CPU by the geometric mean of its works, and slower in none. */
export const worthwhile = 1.2

/** How a provider is tried: in a process of its own, from Node or from Electron. None of these throws, but AppError `cancelled`. */
export interface ProviderTrials {
  /** Whether it is there: a small network, in seconds. */
  probe(provider: Provider): Promise<ProviderStatus>
  trial(provider: Provider, limitSeconds: number, onWork: (work: TrialWork) => void): Promise<Trial | { reason: string }>
}

export interface MeasureOptions {
  /** The CPU is measured where no other provider is there, too. */
  cpuAlone?: boolean
  works: readonly TrialWork[]
  /** Seconds that a provider gets, by those that the CPU took. */
  limitSeconds?: (cpuSeconds: number) => number
  onProgress?: (progress: ProviderTrialProgress) => void
}

/** One that is not faster need not be waited for; opening a device and building its kernels takes a while. */
const shortLimit = (cpuSeconds: number): number => 30 + 3 * cpuSeconds
const cpuLimitSeconds = 600

/** The CPU first, then the others in the order given. @throws AppError `cancelled`; `unavailable` where the CPU itself fails */
export async function measureProviders(asked: readonly Provider[], trials: ProviderTrials, options: MeasureOptions): Promise<MeasuredProvider[]> {
  const { works, limitSeconds = shortLimit, cpuAlone = false, onProgress } = options
  const others = asked.filter((provider) => provider !== 'cpu')
  const total = (others.length + 1) * (works.length + 1)
  let done = 0
  const begin = (provider: Provider, work: TrialWork | null): void => onProgress?.({ provider, work, done: done++, total })
  const statuses = new Map<Provider, ProviderStatus>()
  for (const provider of ['cpu' as const, ...others]) {
    begin(provider, null)
    statuses.set(provider, await trials.probe(provider))
  }
  const there = others.filter((provider) => statuses.get(provider)?.executed === provider)
  const measure = (provider: Provider, limit: number) => trials.trial(provider, limit, (work) => begin(provider, work))
  const cpu = there.length > 0 || cpuAlone ? await measure('cpu', cpuLimitSeconds) : undefined
  const measured: MeasuredProvider[] = [{ provider: 'cpu', device: statuses.get('cpu')?.device ?? '', ...against(cpu, cpu) }]
  for (const provider of others) {
    const { device = '', reason = '' } = statuses.get(provider) ?? {}
    if (!there.includes(provider)) measured.push({ provider, device, reason, speeds: {} })
    else if (cpu === undefined || 'reason' in cpu) measured.push({ provider, device, reason: 'There is no CPU to measure it by.', speeds: {} })
    else measured.push({ provider, device, ...against(await measure(provider, limitSeconds(cpu.seconds)), cpu) })
  }
  return measured
}

type Outcome = Trial | { reason: string } | undefined

function against(found: Outcome, cpu: Outcome): Pick<MeasuredProvider, 'reason' | 'speeds'> {
  if (found === undefined || cpu === undefined) return { reason: null, speeds: {} }
  if ('reason' in found) return { reason: found.reason, speeds: {} }
  if ('reason' in cpu) return { reason: cpu.reason, speeds: {} }
  return { reason: null, speeds: compare(found, cpu) }
}

/** A trial by the CPU's. */
export function compare(found: Trial, cpu: Trial): MeasuredProvider['speeds'] {
  type Done<Of> = Exclude<Of, { failed: string } | undefined>
  const speed = <Of extends { aSecond: number } | { failed: string } | undefined>(
    one: Of,
    other: Of,
    agreement: (one: Done<Of>, other: Done<Of>) => Pick<TrialSpeed, 'agrees' | 'agreement'>,
  ): TrialSpeed | { failed: string } | undefined => {
    if (one === undefined || other === undefined) return undefined
    if ('failed' in one) return one
    if ('failed' in other) return { failed: `The CPU failed: ${other.failed}` }
    return { aSecond: one.aSecond, timesAsFast: one.aSecond / other.aSecond, ...agreement(one as Done<Of>, other as Done<Of>) }
  }
  const within = (off: number, tolerance: number, what: string) => ({
    agrees: off <= tolerance,
    agreement: `${what} within ${off.toExponential(1)} of the largest`,
  })
  const speeds = {
    encode: speed(found.encode, cpu.encode, (one, other) => within(far(one.features, other.features), tolerances.features, 'features')),
    caption: speed(found.caption, cpu.caption, ({ captions }, { captions: others }) => {
      const same = captions.filter(({ text }, place) => text === others[place]?.text).length
      // Where two captions are as likely as each other, either may be the best.
      const off = largest(captions.map(({ logProbability }, place) => Math.abs(logProbability - (others[place]?.logProbability ?? Infinity))))
      return {
        agrees: off <= tolerances.logProbability,
        agreement: `${same} of ${captions.length} captions equal, log-probabilities within ${off.toExponential(1)}`,
      }
    }),
    train: speed(found.train, cpu.train, (one, other) => within(far(one.losses, other.losses), tolerances.losses, 'losses')),
    sample: speed(found.sample, cpu.sample, () => ({ agrees: true, agreement: 'not compared: what is drawn depends on the last digit' })),
  }
  return Object.fromEntries(Object.entries(speeds).filter(([, value]) => value !== undefined))
}

/** The largest difference, by the largest of the second. */
function far(values: readonly number[], others: readonly number[]): number {
  if (values.length !== others.length) return Infinity
  return largest(values.map((value, place) => Math.abs(value - others[place]))) / largest(others.map(Math.abs))
}

/** Not finite where one of the values is not. */
function largest(values: readonly number[]): number {
  return values.reduce((most, value) => (Number.isFinite(value) ? Math.max(most, value) : Infinity), 0)
}

export interface Proposal {
  proposal: Provider | null
  /** In one sentence, with the reason where nothing is proposed. */
  says: string
}

/** The fastest that agrees with the CPU in all that was measured. */
export function proposalAmong(measured: readonly MeasuredProvider[]): Proposal {
  const others = measured.filter(({ provider }) => provider !== 'cpu')
  const judged = others.map((each) => ({ ...each, fast: meanSpeed(each), against: objectionTo(each) }))
  const [best] = judged.filter(({ against }) => against === undefined).sort((one, next) => next.fast - one.fast)
  if (best !== undefined) {
    const on = best.device === '' ? '' : ` (${best.device})`
    return { proposal: best.provider, says: `${providerTitles[best.provider]}${on} is ${best.fast.toFixed(1)} times as fast as the CPU, and agrees with it.` }
  }
  const tried = judged.filter(({ speeds, device }) => Object.keys(speeds).length > 0 || device !== '')
  if (tried.length === 0) return { proposal: null, says: 'Only the CPU runs models on this machine.' }
  return { proposal: null, says: `The CPU stays: ${tried.map(({ provider, against }) => `${providerTitles[provider]} ${against ?? ''}`).join('; ')}.` }
}

/** Geometric mean over the works. */
function meanSpeed({ speeds }: MeasuredProvider): number {
  const ratios = trialWorks.flatMap((work) => {
    const speed = speeds[work]
    return speed !== undefined && 'timesAsFast' in speed ? [speed.timesAsFast] : []
  })
  return ratios.length === 0 ? 0 : Math.exp(ratios.reduce((sum, ratio) => sum + Math.log(ratio), 0) / ratios.length)
}

/** Why a provider is not proposed; undefined: it may be. */
function objectionTo(measured: MeasuredProvider): string | undefined {
  const { reason, speeds } = measured
  if (reason !== null) return `was not measured (${reason.replace(/\.$/, '')})`
  for (const work of trialWorks) {
    const speed = speeds[work]
    if (speed === undefined) continue
    if ('failed' in speed) return `failed to ${work} (${speed.failed.replace(/\.$/, '')})`
    if (!speed.agrees) return `does not agree with the CPU (${speed.agreement})`
    if (speed.timesAsFast < 1) return `is slower (${work}: ${speed.timesAsFast.toFixed(2)} times as fast)`
  }
  const fast = meanSpeed(measured)
  return fast < worthwhile ? `is hardly faster (${fast.toFixed(2)} times as fast)` : undefined
}
