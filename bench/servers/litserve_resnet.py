"""ResNet-18 on LitServe (lightning.ai/docs/litserve): one JSON object per request, with its frames in base64."""

import argparse

import litserve

import classifier


class ResNet(litserve.LitAPI):
    def setup(self, device) -> None:
        self.classifier = classifier.load()

    def decode_request(self, request: dict) -> list[str]:
        return request["images"]

    def predict(self, frames: list[str]) -> list[dict]:
        return self.classifier.classify([classifier.decode(frame) for frame in frames])

    def encode_response(self, results: list[dict]) -> dict:
        return {"results": results}


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, default=8095)
    classifier.end_later()
    server = litserve.LitServer(ResNet(), accelerator="cpu", workers_per_device=1)
    server.run(host="127.0.0.1", port=parser.parse_args().port, generate_client_file=False)
