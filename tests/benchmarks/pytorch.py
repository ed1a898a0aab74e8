"""The same fit in PyTorch: fused Adam, batches gathered by a random permutation."""

from itertools import pairwise

import torch


def fit(workload, n_threads=1):
    """Fit the network of a classification workload."""
    torch.set_num_threads(n_threads)
    X, y = torch.from_numpy(workload.X), torch.from_numpy(workload.y)
    network = _network(workload.sizes).to(X.dtype)
    optimizer = torch.optim.Adam(network.parameters(), 1e-3, fused=True)
    loss = torch.nn.CrossEntropyLoss()
    for _ in range(workload.epochs):
        for rows in torch.randperm(len(X)).split(workload.batch_size):
            optimizer.zero_grad()
            loss(network(X[rows]), y[rows]).backward()
            optimizer.step()


def _network(sizes):
    layers = []
    for fan_in, fan_out in pairwise(sizes):
        layers += [torch.nn.Linear(fan_in, fan_out), torch.nn.ReLU()]
    return torch.nn.Sequential(*layers[:-1])
