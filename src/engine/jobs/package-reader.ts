/** Model packages as the workspace needs to know them (it knows nothing of graphs itself). */
import { listModels } from '../models/registry.ts'
import { readManifest, readModelPackage } from '../models/model-package.ts'
import type { PackageReader } from '#engine/workspace/models/model-catalog.ts'

export const packageReader: PackageReader = {
  async read(folder) {
    const { id, name, captioner, parameters, encoder, provenance } = await readManifest(folder)
    const { architecture } = captioner
    return { id, name, architecture, parameters, encoderId: encoder.id, parentId: provenance.parent, createdAt: provenance.created }
  },
  documentFrequency: async (folder) => (await readModelPackage(folder)).documentFrequency(),
  list: async (root) => {
    const { models, problems } = await listModels([root])
    return [...models, ...problems].map(({ folder }) => folder)
  },
}
