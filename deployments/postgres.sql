-- The second database of compose.yaml; the first, the queue's, is POSTGRES_DB.
CREATE DATABASE prefect;
