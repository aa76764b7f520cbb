/** The guidelines that the sample workspace opens with. */
export const guidelines = `## How we caption scenes

This is the sample’s own agreement. Change it: press the pencil above.

- **One sentence**, in the present tense, that names everything you see.
- Say **how many**: “two penguins”, not “penguins”.
- Say **where**: *to the left of*, *behind*, *above*, and the place: *in the snow*, *on the beach*.
- Colours and sizes only where they tell things apart.
- A caption that names something that is not there is always wrong, however good the rest is.

## What this captioner gets wrong

It learned from scenes in which it hardly ever snowed. Look for penguins taken for other birds and for snow taken for sand.

## Keys you need

**A** accepts, **C** corrects with the closest reference, **E** edits, **N** goes to the next undecided image.`
