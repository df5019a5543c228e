"""ResNet-18 as a custom runtime of MLServer (mlserver.readthedocs.io, "Custom Inference Runtimes")."""

import json
import sys
from pathlib import Path

from mlserver import MLModel
from mlserver.types import InferenceRequest, InferenceResponse, ResponseOutput

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import classifier  # noqa: E402


class ResNet(MLModel):
    async def load(self) -> bool:
        classifier.end_later()
        self.classifier = classifier.load()
        return True

    async def predict(self, payload: InferenceRequest) -> InferenceResponse:
        # In JSON a frame is a text in base64, over gRPC it is bytes.
        frames = list(payload.inputs[0].data)
        results = self.classifier.classify([classifier.decode(frame) for frame in frames])
        # MLServer's gRPC takes bytes only, and its JSON shows them as text.
        data = [json.dumps(result).encode() for result in results]
        output = ResponseOutput(name="results", datatype="BYTES", shape=[len(data)], data=data)
        return InferenceResponse(id=payload.id, model_name=self.name, outputs=[output])
