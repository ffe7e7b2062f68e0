"""The networks of Sarussi et al. (2021): two clusters of leaky ReLU units with fixed output weights."""

from numerics.models.sarussi2021.network import (
    Clusters,
    TwoClusters,
    clusters,
    descend,
    mean_loss,
    separable,
    updates_until_correct,
)

__all__ = ["Clusters", "TwoClusters", "clusters", "descend", "mean_loss", "separable", "updates_until_correct"]
