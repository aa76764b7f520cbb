/** The one way to onnxruntime: whoever loads it has its telemetry off. Lint forbids importing the package anywhere else. */
import './telemetry-off.ts'
export { InferenceSession, Tensor } from 'onnxruntime-node'
