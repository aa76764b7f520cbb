/** `npm run assemble-kernels`: writes the binaries of the WebAssembly kernels whose sources changed. */
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import wabt from 'wabt'
import { float16Source } from '#engine/numerics/float16-kernel.ts'
import { adamwSharedSource, adamwSource } from '#engine/training/optimiser/adamw-kernel.ts'
import { resampleSource } from '#engine/vision/photos/resample-kernel.ts'
import { innerProductsSource } from '#engine/vision/search/inner-products.ts'
import { projectFolder } from './paths.ts'

interface Kernel {
  name: string
  /** In WebAssembly's text format. */
  source: string
  file: string
}

export const kernels: readonly Kernel[] = [
  { name: 'float16', source: float16Source, file: 'src/engine/numerics/float16-binary.ts' },
  { name: 'adamw', source: adamwSource, file: 'src/engine/training/optimiser/adamw-binary.ts' },
  { name: 'adamwShared', source: adamwSharedSource, file: 'src/engine/training/optimiser/adamw-shared-binary.ts' },
  { name: 'resample', source: resampleSource, file: 'src/engine/vision/photos/resample-binary.ts' },
  { name: 'innerProducts', source: innerProductsSource, file: 'src/engine/vision/search/inner-products-binary.ts' },
]

/** The text of a kernel's binary file. */
export async function binaryFile({ name, source }: Kernel): Promise<string> {
  const parsed = (await wabt()).parseWat(`${name}.wat`, source, { simd: true, threads: true })
  const binary = Buffer.from(parsed.toBinary({}).buffer).toString('base64')
  parsed.destroy()
  return `/** \`${name}Source\` assembled, in base64: made by \`npm run assemble-kernels\`. */\nexport const ${name}Binary =\n  '${binary}'\n`
}

if (import.meta.main) for (const kernel of kernels) await writeFile(join(projectFolder, kernel.file), await binaryFile(kernel))
