/** COCO's category names by their ids, 1–90 (Lin et al. 2014; the list of `instances_*.json`); 0 is the background, and ten ids are not in use. */

/** The name of the background and of ids that are not in use. */
export const noLabel = '???'

const namesInOrder = [
  '1 person, bicycle, car, motorcycle, airplane, bus, train, truck, boat, traffic light, fire hydrant',
  '13 stop sign, parking meter, bench, bird, cat, dog, horse, sheep, cow, elephant, bear, zebra, giraffe',
  '27 backpack, umbrella',
  '31 handbag, tie, suitcase, frisbee, skis, snowboard, sports ball, kite, baseball bat, baseball glove, skateboard, surfboard, tennis racket, bottle',
  '46 wine glass, cup, fork, knife, spoon, bowl, banana, apple, sandwich, orange, broccoli, carrot, hot dog, pizza, donut, cake, chair, couch, potted plant, bed',
  '67 dining table',
  '70 toilet',
  '72 tv, laptop, mouse, remote, keyboard, cell phone, microwave, oven, toaster, sink, refrigerator',
  '84 book, clock, vase, scissors, teddy bear, hair drier, toothbrush',
]

export const cocoLabels: readonly string[] = namesInOrder.reduce<string[]>(
  (labels, line) => {
    const [first, names] = [Number.parseInt(line), line.replace(/^\d+ /, '').split(', ')]
    names.forEach((name, index) => (labels[first + index] = name))
    return labels
  },
  Array.from({ length: 91 }, () => noLabel),
)
