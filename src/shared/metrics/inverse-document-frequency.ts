/** Inverse document frequencies, ln(images) − ln(max(1, document frequency)), for the n-grams of one index. */
import type { DocumentFrequency } from './document-counter.ts'
import type { NgramIndex } from './ngrams.ts'

export interface InverseDocumentFrequency {
  /** A value for each n-gram that the index holds now; longer than the index where it may still grow. */
  current(): Float64Array
}

/** From frequencies counted over the very n-grams of the index; n-grams beyond `frequencies` occur in no image. */
export function idfFromFrequencies(index: NgramIndex, frequencies: Int32Array, images: number): InverseDocumentFrequency {
  return growing(index, (ngramId) => Math.log(images) - Math.log(Math.max(1, frequencies[ngramId] ?? 0)))
}

/** From a stored table, whose ids differ from those of the index. */
export function idfFromTable(index: NgramIndex, table: DocumentFrequency): InverseDocumentFrequency {
  const tableIds: number[] = []
  return growing(index, (ngramId) => {
    const prefix = index.prefixOf(ngramId)
    const tablePrefix = prefix === -1 ? -1 : tableIds[prefix]
    const word = table.index.findWord(index.wordText(index.lastWordOf(ngramId)))
    const known = word !== -1 && (prefix === -1 || tablePrefix !== -1)
    tableIds[ngramId] = known ? table.index.find(tablePrefix, word) : -1
    const frequency = tableIds[ngramId] === -1 ? 0 : table.frequencies[tableIds[ngramId]]
    return Math.log(table.images) - Math.log(Math.max(1, frequency))
  })
}

function growing(index: NgramIndex, idfOf: (ngramId: number) => number): InverseDocumentFrequency {
  let values = new Float64Array(index.size)
  let filled = 0
  return {
    current() {
      if (values.length < index.size) {
        const larger = new Float64Array(index.size + (index.size >> 1))
        larger.set(values)
        values = larger
      }
      while (filled < index.size) {
        values[filled] = idfOf(filled)
        filled++
      }
      return values
    },
  }
}
