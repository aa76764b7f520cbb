/** What a verb answers about a caption of a photo: asked again when either changes, and an answer that comes too late is dropped. */
import { shallowRef, watch, type ShallowRef } from 'vue'
import { toReport, type ErrorReport } from '#shared/errors.ts'

export interface AskedCaption {
  imageId: number
  text: string
}

/** `answer` and `fault` are both null while it is asked. */
export function useCaptionAnswer<Answer>(
  asked: Readonly<AskedCaption>,
  ask: (caption: AskedCaption) => Promise<Answer>,
): { answer: ShallowRef<Answer | null>; fault: ShallowRef<ErrorReport | null> } {
  const answer = shallowRef<Answer | null>(null)
  const fault = shallowRef<ErrorReport | null>(null)
  watch(
    () => [asked.imageId, asked.text] as const,
    async ([imageId, text]) => {
      answer.value = null
      fault.value = null
      const stillAsked = (): boolean => asked.imageId === imageId && asked.text === text
      try {
        const found = await ask({ imageId, text })
        if (stillAsked()) answer.value = found
      } catch (error) {
        if (stillAsked()) fault.value = toReport(error)
      }
    },
    { immediate: true },
  )
  return { answer, fault }
}
