import type { Command } from 'commander'
import { action } from '../action.ts'

/** `capstan doctor`: what this machine, this installation and a workspace offer. */
export function registerDoctor(program: Command): void {
  program
    .command('doctor')
    .description('check this machine, the models and, if given, a workspace; ends with 1 where something is wrong')
    .argument('[workspace]', 'a workspace’s folder')
    .option('--models <folder>', 'where model packages are', 'models')
    .option('--encoders <folder>', 'where encoder packages are', 'models/encoders')
    .option('--build-encoders', 'first build the embedded encoders that are not here', false)
    .action(
      action('Nothing was changed.', async (_signal, workspace: string | undefined, options: { models: string; encoders: string; buildEncoders: boolean }) => {
        if (options.buildEncoders) await (await import('../embedded-encoders.ts')).buildEmbedded()
        const { examine } = await import('../examination.ts')
        const findings = await examine({ ...options, ...(workspace === undefined ? {} : { workspace }) })
        for (const { verdict, subject, detail } of findings) console.log(`${marks[verdict]} ${subject.padEnd(14)} ${detail}`)
        if (findings.some(({ verdict }) => verdict === 'wrong')) process.exitCode = 1
      }),
    )
}

const marks = { good: 'ok  ', absent: '–   ', wrong: 'BAD ' } as const
