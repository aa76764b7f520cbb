/** The program of a throw-away process: tries the provider named by its argument and prints the status as the last line. */
import { z } from 'zod'
import { providers } from '#shared/domain.ts'
import { probeHere } from './probe.ts'

const provider = z.enum(providers).parse(process.argv[2])
process.stdout.write(`${JSON.stringify(await probeHere(provider))}\n`)
