/**
 * Metric names as coco-caption writes them. `CIDEr` is CIDEr-D, as everywhere in the field; the undamped original is `CIDEr_plain`.
 * METEOR and SPICE are computed elsewhere (they need resources or Java) and joined by name.
 */

export const tokenMetrics = ['Bleu_1', 'Bleu_2', 'Bleu_3', 'Bleu_4', 'ROUGE_L', 'CIDEr', 'CIDEr_plain'] as const

/** A metric that needs nothing but tokens. */
export type TokenMetric = (typeof tokenMetrics)[number]

/** The values of some metrics by name. */
export type Scores = Record<string, number>

export const bleuNames = ['Bleu_1', 'Bleu_2', 'Bleu_3', 'Bleu_4'] as const
