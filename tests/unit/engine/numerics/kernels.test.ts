import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { openKernel } from '#engine/numerics/kernel.ts'
import { float16Binary } from '#engine/numerics/float16-binary.ts'
import { binaryFile, kernels } from '../../../../scripts/assemble-kernels.ts'
import { projectFolder } from '../../../../scripts/paths.ts'

describe('kernels', () => {
  test.each(kernels)('the assembled one of $name is that of its source', async (kernel) => {
    expect(await readFile(join(projectFolder, kernel.file), 'utf8')).toBe(await binaryFile(kernel))
  })

  test('one that lacks a function is refused as it is opened', async () => {
    const memory = new WebAssembly.Memory({ initial: 1 })
    await expect(openKernel(float16Binary, memory, ['decode', 'invert'])).rejects.toThrow('the kernel lacks its function "invert"')
  })
})
