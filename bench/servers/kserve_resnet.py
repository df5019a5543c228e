"""ResNet-18 on KServe's Python server (kserve.github.io, "Custom Model"): the open inference protocol over REST and gRPC."""

import argparse
import json
import uuid

import kserve
import uvicorn
from grpc.aio import _server as grpc_server
from kserve import InferInput, InferOutput, InferRequest, InferResponse

import classifier


class ResNet(kserve.Model):
    def __init__(self) -> None:
        super().__init__("resnet-18")
        self.classifier = classifier.load()
        self.ready = True

    def get_input_types(self) -> list[dict]:
        return [{"name": "frames", "datatype": "BYTES", "shape": [-1]}]

    def get_output_types(self) -> list[dict]:
        return [{"name": "results", "datatype": "BYTES", "shape": [-1]}]

    def predict(self, payload: InferRequest, headers=None, response_headers=None) -> InferResponse:
        # In JSON a frame is a text in base64; in binary tensor data and over gRPC it is bytes.
        frames = payload.inputs[0].as_numpy().flatten().tolist()
        results = self.classifier.classify([classifier.decode(frame) for frame in frames])
        data = [json.dumps(result) for result in results]
        output = InferOutput(name="results", datatype="BYTES", shape=[len(data)], data=data)
        return InferResponse(response_id=payload.id or str(uuid.uuid4()), model_name=self.name, infer_outputs=[output])


def listen_on_loopback() -> None:
    """KServe listens on all addresses and has no option to change that."""
    config, add_port = uvicorn.Config.__init__, grpc_server.Server.add_insecure_port
    uvicorn.Config.__init__ = lambda self, *args, **options: config(self, *args, **{**options, "host": "127.0.0.1"})
    grpc_server.Server.add_insecure_port = lambda self, address: add_port(self, address.replace("[::]", "127.0.0.1"))


def keep_binary_frames() -> None:
    """KServe 0.21 refuses BYTES in binary tensor data that are no UTF-8 text, and so JPEG files (infer_type.py, from_bytes)."""
    set_data = InferInput.set_data_from_numpy
    InferInput.set_data_from_numpy = lambda self, tensor, binary_data=True: set_data(self, tensor, True)


if __name__ == "__main__":
    options, _ = argparse.ArgumentParser(parents=[kserve.model_server.parser]).parse_known_args()
    classifier.end_later()
    listen_on_loopback()
    keep_binary_frames()
    kserve.ModelServer(http_port=options.http_port, grpc_port=options.grpc_port, workers=1).start([ResNet()])
