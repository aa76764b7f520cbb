import { join } from 'node:path'
import { buildDocumentFrequency } from '#engine/metrics/document-frequency.ts'
import type { PackageReader } from '#engine/workspace/models/model-catalog.ts'

/** Reads packages that are no more than a name: for everything that does not run a model. */
export const namedPackages: PackageReader = {
  read: (folder) => {
    const id = folder.slice(folder.lastIndexOf('/') + 1)
    return Promise.resolve({ id, name: `Model ${id}`, architecture: 'transformer', parameters: 1, encoderId: 'e', parentId: null, createdAt: '' })
  },
  documentFrequency: () => Promise.resolve(buildDocumentFrequency([[['a', 'dog']], [['a', 'cat']]], 'simple')),
  list: (root) => Promise.resolve(root.endsWith('shipped') ? [join(root, 'base'), join(root, 'other')] : []),
}
