/** Model packages as the workspace's model table wants them. */
import { readdir } from 'node:fs/promises'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { readManifest, readModelPackage } from '#engine/models/model-package.ts'
import type { PackageReader } from '#engine/workspace/model-catalog.ts'

export const packageReader: PackageReader = {
  read: async (folder) => {
    const { id, name, captioner, parameters, encoder, provenance } = await readManifest(folder)
    return {
      id,
      name,
      architecture: captioner.architecture,
      parameters,
      encoderId: encoder.id,
      parentId: provenance.parent,
      createdAt: provenance.created,
    }
  },
  documentFrequency: async (folder) => (await readModelPackage(folder)).documentFrequency(),
  list: async (root) => {
    if (!existsSync(root)) return []
    const entries = await readdir(root, { withFileTypes: true })
    return entries
      .filter((entry) => entry.isDirectory() && existsSync(join(root, entry.name, 'weights.safetensors')))
      .map((entry) => join(root, entry.name))
      .sort()
  },
}
