"""For tests that look at the store between two steps: nothing is behind."""

from core.storage.writing_thread import WritingThread


class WrittenAtOnce(WritingThread):
    """In place of a WritingThread: returns once the frame is written."""

    def record(self, frame, measurement):
        super().record(frame, measurement)
        self.catch_up()
