"""What a sentence model made of the texts of the base: worked out once, kept by model and text."""

import sqlalchemy as sa
from sqlmodel import Field, SQLModel


class SentenceVector(SQLModel, table=True):
    """The vector of one text; `digest` is of its beginning, so that equal texts share a row."""

    __tablename__ = "sentence_vectors"

    model: str = Field(max_length=64, primary_key=True)
    digest: str = Field(max_length=32, primary_key=True)
    vector: bytes = Field(sa_type=sa.LargeBinary)


class SentenceProgress(SQLModel, table=True):
    """Up to which revision of the base every published text has its vector."""

    __tablename__ = "sentence_progress"

    model: str = Field(max_length=64, primary_key=True)
    revision: int = Field(default=0)
