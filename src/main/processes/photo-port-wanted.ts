/** What a worker says to main when it wants a line to a decoder of its own; main answers with an empty message and the port. */
export const photoPortWanted = { type: 'photo-port-wanted' } as const

export function isPhotoPortWanted(message: unknown): boolean {
  return typeof message === 'object' && message !== null && 'type' in message && message.type === photoPortWanted.type
}
