"""
A small encoder in PyTorch, eager, as `npm run bench -- encoders` times it beside ours: the same graph, node by node, constants folded into the convolutions'
biases, in the memory layout that is faster of the two. Reads one JSON request a line and answers each with one line of JSON.
"""
import json
import sys
import time

import torch
import torch.nn.functional as F


def read(entry, data):
    kind = torch.int64 if entry["integers"] else torch.float32
    count = 1
    for length in entry["shape"]:
        count *= length
    return torch.frombuffer(data, dtype=kind, count=count, offset=entry["offset"]).view(entry["shape"]).clone()


def convolution(attributes, weights, bias):
    strides, group = attributes.get("strides", [1, 1]), attributes.get("group", 1)
    top, left, bottom, right = attributes.get("pads", [0, 0, 0, 0])
    even = top == bottom and left == right

    def run(x):
        if not even:
            x = F.pad(x, (left, right, top, bottom))
        return F.conv2d(x, weights, bias, strides, (top, left) if even else 0, attributes.get("dilations", [1, 1]), group)

    return run


class Network:
    """The nodes in their order; a convolution whose only reader adds a constant takes it as its bias."""

    def __init__(self, setting, layout):
        with open(setting["data"], "rb") as file:
            data = bytearray(file.read())
        self.constants = {name: read(entry, data) for name, entry in setting["constants"].items()}
        self.input, self.output = setting["input"], setting["output"]
        readers = {}
        for node in setting["nodes"]:
            for name in node["inputs"]:
                readers.setdefault(name, []).append(node)
        self.steps, folded = [], set()
        for index, node in enumerate(setting["nodes"]):
            if index in folded:
                continue
            inputs, output = node["inputs"], node["outputs"][0]
            if node["op"] != "Conv":
                self.steps.append((node["op"], node["attributes"], inputs, output))
                continue
            weights = self.constants[inputs[1]].contiguous(memory_format=layout)
            bias = self.constants[inputs[2]] if len(inputs) > 2 else None
            after = readers.get(output, [])
            added = [self.constants[name] for name in after[0]["inputs"] if name in self.constants] if len(after) == 1 and after[0]["op"] == "Add" else []
            if bias is None and added and added[0].numel() == weights.shape[0]:
                bias = added[0].reshape(-1)
                folded.add(setting["nodes"].index(after[0]))
                output = after[0]["outputs"][0]
            self.steps.append(("Conv", convolution(node["attributes"], weights, bias), inputs[:1], output))

    def run(self, x):
        values = {self.input: x}
        for op, attributes, inputs, output in self.steps:
            given = [values[name] if name in values else self.constants[name] for name in inputs if name]
            if op == "Conv":
                values[output] = attributes(given[0])
            elif op == "Clip":
                values[output] = given[0].clamp(*[limit.item() for limit in given[1:3]])
            elif op == "Add":
                values[output] = given[0] + given[1]
            elif op == "Mul":
                values[output] = given[0] * given[1]
            elif op == "Relu":
                values[output] = F.relu(given[0])
            elif op == "Identity":
                values[output] = given[0]
            elif op == "HardSigmoid":
                values[output] = (given[0] * attributes.get("alpha", 0.2) + attributes.get("beta", 0.5)).clamp(0, 1)
            elif op == "HardSwish":
                values[output] = F.hardswish(given[0])
            elif op == "BatchNormalization":
                scale, offset, mean, variance = given[1:5]
                values[output] = F.batch_norm(given[0], mean, variance, scale, offset, False, 0.0, attributes.get("epsilon", 1e-5))
            elif op == "Transpose":
                values[output] = given[0].permute(attributes["perm"])
            elif op == "Reshape":
                values[output] = given[0].reshape([given[0].shape[place] if length == 0 else length for place, length in enumerate(given[1].tolist())])
            elif op == "Sub":
                values[output] = given[0] - given[1]
            elif op == "Sigmoid":
                values[output] = given[0].sigmoid()
            elif op == "Log":
                values[output] = given[0].log()
            elif op == "Concat":
                values[output] = torch.cat(given, attributes["axis"])
            elif op == "Gather":
                values[output] = given[0].index_select(attributes.get("axis", 0), given[1].reshape(-1))
            elif op in ("ReduceMax", "ReduceSum", "ReduceMean"):
                axes = given[1].tolist() if len(given) > 1 else attributes["axes"]
                reduce = {"ReduceMax": torch.amax, "ReduceSum": torch.sum, "ReduceMean": torch.mean}[op]
                values[output] = reduce(given[0], axes, attributes.get("keepdims", 1) == 1)
            elif op == "Pad":
                before, after = given[1].view(2, -1).flip(1).tolist()
                values[output] = F.pad(given[0], [side for pair in zip(before, after) for side in pair])
            else:
                raise ValueError("no " + op + " here")
        return values[self.output]


def main():
    networks, x = [], None
    for line in sys.stdin:
        request = json.loads(line)
        answer = {}
        with torch.no_grad():
            if request["kind"] == "open":
                with open(request["setting"]) as file:
                    setting = json.load(file)
                torch.set_num_threads(setting["threads"])
                layouts = {"contiguous": torch.contiguous_format, "channels last": torch.channels_last}
                networks = [(name, layout, Network(setting, layout)) for name, layout in layouts.items()]
                shape = [1, 3, setting["height"], setting["width"]]
                with open(setting["photo"], "rb") as file:
                    x = torch.frombuffer(bytearray(file.read()), dtype=torch.float32).view(shape)
                answer = {"version": torch.__version__, "mean": networks[0][2].run(x).mean().item(), "largest": networks[0][2].run(x).max().item()}
            elif request["kind"] == "encode":
                best = None
                for name, layout, network in networks:
                    batch = x.repeat(request["photos"], 1, 1, 1).contiguous(memory_format=layout)
                    begun = time.perf_counter()
                    for _ in range(request["times"]):
                        network.run(batch)
                    seconds = time.perf_counter() - begun
                    if best is None or seconds < best[0]:
                        best = (seconds, name)
                answer = {"seconds": best[0], "layout": best[1]}
        print(json.dumps(answer), flush=True)


main()
