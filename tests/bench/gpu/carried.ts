/** The program of the carried benchmark: its models and its children's programs lie beside it. */
import { join } from 'node:path'
import { asked, benchmark } from './benchmark.ts'

const beside = (...names: string[]): string => join(import.meta.dirname, ...names)
const place = { model: beside('models', 'scene-captioner'), encoders: beside('models', 'encoders') }
const programs = { probe: beside('probe-entry.js'), trial: beside('trial-entry.js') }
console.log(JSON.stringify(await benchmark(asked(process.argv.slice(2)), { ...place, programs }), null, 2))
