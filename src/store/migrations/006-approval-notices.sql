-- Who has been told of an open request by direct message, and how far: at once, reminded at half of its time, or everybody else who may at four fifths.
ALTER TABLE cordon.approval
  ADD COLUMN notice text NOT NULL DEFAULT 'asked' CHECK (notice IN ('asked', 'reminded', 'widened')),
  ADD COLUMN asked json NOT NULL DEFAULT '[]';
