import numpy as np
from threadpoolctl import threadpool_info, threadpool_limits

from harness.statistics.threads import one_thread


def _blas_threads() -> set[int]:
    return {found["num_threads"] for found in threadpool_info() if found["user_api"] == "blas"}


def test_one_thread_holds_within_the_block_and_is_given_back() -> None:
    with threadpool_limits(2, user_api="blas"):
        before = _blas_threads()
        with one_thread():
            assert _blas_threads() == {1}
            np.eye(4) @ np.eye(4)
            with one_thread():
                assert _blas_threads() == {1}
            assert _blas_threads() == {1}
        assert _blas_threads() == before == {2}
