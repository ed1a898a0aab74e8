"""What the schedules make of the learning rate in a training of 50 epochs."""

import matplotlib.pyplot as plt
import numpy as np

from sknn_tune import Cosine, CosineRestarts, Exponential, Linear, OneCycle, Step

N_EPOCHS, N_BATCHES = 50, 20

figure, place = plt.subplots(layout="constrained")
epochs = np.arange(N_EPOCHS * N_BATCHES) / N_BATCHES
schedules = [
    Step(every=15),
    Exponential(),
    Linear(),
    Cosine(warmup=0.1),
    CosineRestarts(),
    OneCycle(),
]
for schedule in schedules:
    rates = [schedule.rates(epoch, N_BATCHES, N_EPOCHS) for epoch in range(N_EPOCHS)]
    place.plot(epochs, np.concatenate(rates), label=repr(schedule).split("(")[0])
place.set(xlabel="epoch", ylabel="factor on learning_rate_init")
place.legend(frameon=False, ncols=3, loc="lower center", bbox_to_anchor=(0.5, 1.0))
