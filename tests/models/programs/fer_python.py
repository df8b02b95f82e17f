"""The FER network as a vendor's program: python fer_python.py fer.onnx."""

import base64
import json
import sys

import cv2
import numpy as np
import onnxruntime

network = onnxruntime.InferenceSession(sys.argv[1], providers=["CPUExecutionProvider"])
labels = json.loads(sys.stdin.readline())["labels"]
print(json.dumps({"ready": True, "version": "onnx"}), flush=True)

for line in sys.stdin:
    request = json.loads(line)
    data = np.frombuffer(base64.b64decode(request["data"]), np.uint8)
    face = cv2.imdecode(data, cv2.IMREAD_GRAYSCALE).astype(np.float32) / 127.5 - 1
    logits = network.run(None, {"faces": face[None, None]})[0][0].astype(float)
    shares = np.exp(logits - logits.max())
    scores = dict(zip(labels, (shares / shares.sum()).tolist(), strict=True))
    print(json.dumps({"id": request["id"], "scores": scores}), flush=True)
