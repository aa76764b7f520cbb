import type { Command } from 'commander'
import { action } from '../action.ts'

interface DoctorOptions {
  models: string
  encoders: string
  providers: boolean
  buildEncoders: boolean
}

/** `capstan doctor`: what this machine, this installation and a workspace offer. */
export function registerDoctor(program: Command): void {
  program
    .command('doctor')
    .description('check this machine, the models and, if given, a workspace; ends with 1 where something is wrong')
    .argument('[workspace]', 'a workspace’s folder')
    .option('--models <folder>', 'where model packages are', 'models')
    .option('--encoders <folder>', 'where encoder packages are', 'models/encoders')
    .option('--providers', 'also measure what can run the models here, and say which provider is the fastest that agrees with the CPU', false)
    .option('--build-encoders', 'first build the embedded encoders that are not here', false)
    .action(
      action('Nothing was changed.', async (signal, workspace: string | undefined, options: DoctorOptions) => {
        if (options.buildEncoders) await (await import('../embedded-encoders.ts')).buildEmbedded()
        const { examine } = await import('../examination.ts')
        const findings = await examine({ ...options, ...(workspace === undefined ? {} : { workspace }) })
        for (const { verdict, subject, detail } of findings) console.log(`${marks[verdict]} ${subject.padEnd(14)} ${detail}`)
        if (options.providers) {
          const { measureHere } = await import('../measured-providers.ts')
          for (const line of await measureHere(options, signal)) console.log(line)
        }
        if (findings.some(({ verdict }) => verdict === 'wrong')) process.exitCode = 1
      }),
    )
}

const marks = { good: 'ok  ', absent: '–   ', wrong: 'BAD ' } as const
