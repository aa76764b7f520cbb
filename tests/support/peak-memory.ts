/** What a process of the command line takes at most. */
import { spawn } from 'node:child_process'
import { resolve } from 'node:path'

export interface PeakOfProcess {
  /** Resident, in MiB, of the whole process. */
  peakMb: number
  seconds: number
  /** Of all its threads. */
  processorSeconds: number
  /** The end of what it said on standard error. */
  said: string
}

const command = resolve(import.meta.dirname, '../../src/cli/capstan.ts')

/** Runs `capstan WORDS…` to its end. @throws Error where it fails */
export async function peakOf(words: readonly string[]): Promise<PeakOfProcess> {
  const told = `data:text/javascript,process.on('exit',()=>{const{maxRSS,userCPUTime,systemCPUTime}=process.resourceUsage();process.stderr.write('peak '+maxRSS+' '+(userCPUTime+systemCPUTime)+'\\n')})`
  const started = performance.now()
  const child = spawn(process.execPath, ['--import', told, command, ...words], { stdio: ['ignore', 'ignore', 'pipe'] })
  let said = ''
  child.stderr.on('data', (piece: Buffer) => (said = (said + piece.toString()).slice(-8000)))
  const code = await new Promise((ended) => child.on('close', ended))
  if (code !== 0) throw new Error(`capstan ${words.join(' ')} ended with ${String(code)}: ${said}`)
  const [, kilobytes, microseconds] = /peak (\d+) (\d+)/.exec(said) ?? []
  return {
    peakMb: Math.round(Number(kilobytes) / 1024),
    seconds: Math.round((performance.now() - started) / 1000),
    processorSeconds: Math.round(Number(microseconds) / 1e5) / 10,
    said,
  }
}
