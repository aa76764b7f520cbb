"""
The Transformer captioner in PyTorch, eager, as `npm run bench -- pytorch` times it beside ours: the same weights, inputs, losses and searches. Reads one
JSON request a line and answers each with one line of JSON. Captions of an image share its memory, keys and values are cached, beams are reordered by
index_select, the optimiser and the moving average use the foreach kernels: written to be quick, not to be slow.
"""
import json
import math
import struct
import sys
import time

import torch
import torch.nn.functional as F

fused_attention = getattr(F, "scaled_dot_product_attention", None)


def read_safetensors(path):
    with open(path, "rb") as file:
        data = bytearray(file.read())
    (length,) = struct.unpack("<Q", data[:8])
    entries = json.loads(data[8 : 8 + length])
    entries.pop("__metadata__", None)
    start = 8 + length
    return {
        name: torch.frombuffer(data, dtype=torch.float32, count=math.prod(entry["shape"]), offset=start + entry["data_offsets"][0]).view(entry["shape"]).clone()
        for name, entry in entries.items()
    }


class Captioner:
    def __init__(self, setting, weights):
        self.config = setting["config"]
        self.weights = weights
        self.heads = self.config["heads"]
        self.head_width = self.config["width"] // self.heads
        self.training = False
        width, length = self.config["width"], self.config["maximumWords"] + 1
        angles = torch.arange(length).double()[:, None] * torch.exp(-math.log(10000) * torch.arange(0, width, 2).double() / width)
        self.positions = torch.stack([angles.sin(), angles.cos()], -1).view(length, width).float()
        self.causal = torch.full((length, length), float("-inf")).triu(1)

    def dropout(self, x, rate):
        return F.dropout(x, rate, True) if self.training and rate > 0 else x

    def linear(self, name, x):
        return F.linear(x, self.weights[name + ".weight"], self.weights[name + ".bias"])

    def norm(self, name, x):
        scale, offset = self.weights[name + ".a_2"], self.weights[name + ".b_2"]
        if self.config["layerNorm"] == "standard":
            return F.layer_norm(x, (x.shape[-1],), scale, offset, 1e-5)
        return scale * (x - x.mean(-1, keepdim=True)) / (x.std(-1, keepdim=True) + 1e-6) + offset

    def split(self, x):
        """[groups, length, width] -> [groups, heads, length, head width]"""
        return x.view(x.shape[0], x.shape[1], self.heads, self.head_width).transpose(1, 2)

    def attend(self, queries, keys, values, mask=None):
        if fused_attention is not None:
            context = fused_attention(queries, keys, values, attn_mask=mask, dropout_p=self.config["dropout"] if self.training else 0.0)
        else:
            logits = torch.matmul(queries, keys.transpose(-1, -2)) * (1 / math.sqrt(self.head_width))
            probabilities = torch.softmax(logits if mask is None else logits + mask, -1)
            context = torch.matmul(self.dropout(probabilities, self.config["dropout"]), values)
        groups, _, length, _ = context.shape
        return context.transpose(1, 2).reshape(groups, length, -1)

    def sublayer(self, name, x, f):
        return x + self.dropout(f(self.norm(name + ".norm", x)), self.config["dropout"])

    def feed_forward(self, name, x):
        return self.linear(name + ".w_2", self.dropout(F.relu(self.linear(name + ".w_1", x)), self.config["dropout"]))

    def encode(self, features):
        x = F.relu(self.linear("att_embed.0", features))
        if self.config["visualNorm"]:
            x = self.norm("att_embed.norm", x)
        if self.config["visualPositions"] > 0:
            x = x + self.weights["att_embed.positions"]
        x = self.dropout(x, self.config["visualDropout"])
        for layer in range(self.config["encoderLayers"]):
            name = f"model.encoder.layers.{layer}"

            def attention(normed, name=name + ".self_attn.linears."):
                queries, keys, values = (self.split(self.linear(name + str(part), normed)) for part in range(3))
                return self.linear(name + "3", self.attend(queries, keys, values))

            x = self.sublayer(name + ".sublayer.0", x, attention)
            x = self.sublayer(name + ".sublayer.1", x, lambda normed, name=name: self.feed_forward(name + ".feed_forward", normed))
        return self.norm("model.encoder.norm", x)

    def memories(self, features):
        """Keys and values of every decoder layer's cross-attention."""
        memory = self.encode(features)
        names = [f"model.decoder.layers.{layer}.src_attn.linears." for layer in range(self.config["decoderLayers"])]
        return [tuple(self.split(self.linear(name + part, memory)) for part in "12") for name in names]

    def decode(self, tokens, position, memories, caches=None):
        """Tokens [rows, steps] from `position` on -> [rows, steps, width]; `caches` are the keys and values so far, or None for whole captions."""
        rows, steps = tokens.shape
        images = memories[0][0].shape[0]
        width = self.config["width"]
        x = self.weights["model.tgt_embed.0.lut.weight"][tokens] * math.sqrt(width) + self.positions[position : position + steps]
        x = self.dropout(x, self.config["dropout"])
        for layer in range(self.config["decoderLayers"]):
            name = f"model.decoder.layers.{layer}"

            def self_attention(normed, name=name + ".self_attn.linears.", layer=layer):
                queries, keys, values = (self.split(self.linear(name + str(part), normed)) for part in range(3))
                if caches is None:
                    return self.linear(name + "3", self.attend(queries, keys, values, self.causal[:steps, :steps]))
                if position > 0:
                    keys = torch.cat([caches[layer][0], keys], 2)
                    values = torch.cat([caches[layer][1], values], 2)
                caches[layer] = (keys, values)
                return self.linear(name + "3", self.attend(queries, keys, values))

            def cross_attention(normed, name=name + ".src_attn.linears.", layer=layer):
                # The captions of an image lie behind each other in one long query.
                queries = self.split(self.linear(name + "0", normed).view(images, -1, width))
                return self.linear(name + "3", self.attend(queries, *memories[layer]).view(rows, steps, width))

            x = self.sublayer(name + ".sublayer.0", x, self_attention)
            x = self.sublayer(name + ".sublayer.1", x, cross_attention)
            x = self.sublayer(name + ".sublayer.2", x, lambda normed, name=name: self.feed_forward(name + ".feed_forward", normed))
        return self.norm("model.decoder.norm", x)

    def logits(self, x):
        shared = self.config["shareEmbedding"]
        weight = self.weights["model.tgt_embed.0.lut.weight" if shared else "model.generator.proj.weight"]
        return F.linear(x, weight, self.weights["model.generator.proj.bias"])


class Training:
    """A step as the recipe has it: smoothed cross-entropy, clipping by norm, AdamW, moving average. Captions are padded to the longest of the batch."""

    def __init__(self, captioner, setting, features):
        self.captioner, self.features, self.recipe = captioner, features, setting["recipe"]
        captions = setting["captions"]
        longest = max(map(len, captions)) + 1
        self.tokens = torch.zeros(len(captions), longest, dtype=torch.long)
        self.targets = torch.full((len(captions), longest), -100)
        for row, (ids, ends) in enumerate(zip(captions, setting["ends"])):
            self.tokens[row, 1 : len(ids) + 1] = torch.tensor(ids)
            self.targets[row, : len(ids)] = torch.tensor(ids)
            if ends:
                self.targets[row, len(ids)] = 0
        self.parameters = list(captioner.weights.values())
        for parameter in self.parameters:
            parameter.requires_grad_(True)
        self.average = [parameter.detach().clone() for parameter in self.parameters]
        optimizer = self.recipe["optimizer"]
        groups = [
            {"params": [parameter for parameter in self.parameters if parameter.dim() > 1], "weight_decay": optimizer["weightDecay"]},
            {"params": [parameter for parameter in self.parameters if parameter.dim() <= 1], "weight_decay": 0.0},
        ]
        self.optimizer = torch.optim.AdamW(groups, lr=1e-9, betas=(optimizer["beta1"], optimizer["beta2"]), eps=optimizer["epsilon"], foreach=True)

    def backward(self):
        self.optimizer.zero_grad(set_to_none=True)
        captioner = self.captioner
        logits = captioner.logits(captioner.decode(self.tokens, 0, captioner.memories(self.features)))
        classes = logits.shape[-1]
        # PyTorch gives the target its share of the smoothing, too.
        smoothing = self.recipe["labelSmoothing"] * classes / (classes - 1)
        loss = F.cross_entropy(logits.view(-1, classes), self.targets.view(-1), label_smoothing=smoothing)
        loss.backward()
        return loss.item()

    def norm(self):
        return math.sqrt(sum(parameter.grad.double().square().sum().item() for parameter in self.parameters))

    def step(self):
        self.captioner.training = True
        self.backward()
        self.captioner.training = False
        torch.nn.utils.clip_grad_norm_(self.parameters, 1.0)
        self.optimizer.step()
        with torch.no_grad():
            torch._foreach_mul_(self.average, self.recipe["averaging"])
            torch._foreach_add_(self.average, self.parameters, alpha=1 - self.recipe["averaging"])


@torch.inference_mode()
def beam_search(captioner, features, beams):
    """For each image the best caption: (log-probability, ids). Continuations that end leave; UNK, the last id, is not written."""
    images, longest = features.shape[0], captioner.config["maximumWords"]
    memories = captioner.memories(features)
    caches = [None] * captioner.config["decoderLayers"]
    tokens = torch.zeros(images, 1, dtype=torch.long)
    sums = torch.zeros(images, 1)
    written = torch.zeros(images, 1, 0, dtype=torch.long)
    ended = [[] for _ in range(images)]
    for step in range(longest):
        x = captioner.decode(tokens, step, memories, caches)
        scores = torch.log_softmax(captioner.logits(x[:, 0]), -1)[:, :-1]
        classes = scores.shape[1]
        candidates = sums[:, :, None] + scores.view(images, -1, classes)
        sums, places = candidates.view(images, -1).topk(beams)
        rows, words = places.div(classes, rounding_mode="floor"), places % classes
        before = written.gather(1, rows[:, :, None].expand(-1, -1, step))
        written = torch.cat([before, words[:, :, None]], 2)
        done = words == 0
        last = step + 1 == longest
        for image, place in (torch.ones_like(done) if last else done).nonzero().tolist():
            score = sums[image, place].item()
            if score > float("-inf"):
                ends = done[image, place].item()
                ended[image].append((score, (before if ends else written)[image, place].tolist()))
        sums = sums.masked_fill(done, float("-inf"))
        best = sums.max(1).values.tolist()
        settled = [len(some) >= beams and best[image] <= sorted(some, reverse=True)[beams - 1][0] for image, some in enumerate(ended)]
        if last or all(settled) or max(best) == float("-inf"):
            break
        parents = (rows + torch.arange(images)[:, None] * candidates.shape[1]).view(-1)
        caches = [(keys.index_select(0, parents), values.index_select(0, parents)) for keys, values in caches]
        tokens = words.view(-1, 1)
    return [max(some, key=lambda entry: entry[0]) for some in ended]


def main():
    setting = None
    for line in sys.stdin:
        request = json.loads(line)
        kind = request["kind"]
        begun = time.perf_counter()
        answer = {}
        if kind == "open":
            with open(request["setting"]) as file:
                setting = json.load(file)
            torch.set_num_threads(setting["threads"])
            torch.manual_seed(1)
            tokens, width = setting["visualTokens"], setting["config"]["featureWidth"]

            def read(path):
                with open(path, "rb") as file:
                    return torch.frombuffer(bytearray(file.read()), dtype=torch.float32).view(-1, tokens, width)

            decoding = Captioner(setting, read_safetensors(setting["weights"]))
            training = Training(Captioner(setting, read_safetensors(setting["weights"])), setting, read(setting["trainingFeatures"]))
            pictures = read(setting["decodingFeatures"])
            answer = {"version": torch.__version__, "loss": training.backward(), "norm": training.norm()}
        elif kind == "train":
            for _ in range(request["steps"]):
                training.step()
        elif kind == "multiply":
            rows, inner, columns = request["shape"]
            a, b = torch.full((rows, inner), 0.5), torch.full((inner, columns), 0.25)
            begun = time.perf_counter()
            for _ in range(request["times"]):
                torch.matmul(a, b)
        elif kind == "decode":
            answer["captions"] = [
                {"logProbability": score, "ids": ids}
                for first in range(0, len(pictures), request["batch"])
                for score, ids in beam_search(decoding, pictures[first : first + request["batch"]], request["beams"])
            ]
        answer["seconds"] = time.perf_counter() - begun
        print(json.dumps(answer), flush=True)


main()
