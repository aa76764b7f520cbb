/** The program of the decoding threads that jobs and the vision process start. */
import '#engine/vision/decode-thread.ts'
