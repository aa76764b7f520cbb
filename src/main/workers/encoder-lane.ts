/** The program of an encoder's lane, a thread of the processes that encode: built as a file of its own. */
import '#engine/vision/encoders/encoder-lane.ts'
