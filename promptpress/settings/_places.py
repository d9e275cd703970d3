"""Settings of the services that keep and publish pictures."""

from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings


class PlaceSettings(BaseSettings):
    """Accounts, places and addresses, service by service."""

    telegram_token: SecretStr | None = Field(None, description="of the bot, from @BotFather")
    telegram_chat_id: str = Field("", description="@channel, or the number of a chat")
    telegram_api_url: str = Field("https://api.telegram.org", description="or your own server")
    telegram_local: bool = Field(
        False, description="TELEGRAM_API_URL is a server of your own, started with --local"
    )

    instagram_access_token: SecretStr | None = Field(
        None, description="of an Instagram account that is professional"
    )
    instagram_login: Literal["facebook", "instagram"] = Field(
        "instagram", description="with which login the token was made"
    )
    instagram_app_id: str = Field(
        "", description="of the app, to renew tokens of the login with Facebook"
    )
    instagram_app_secret: SecretStr | None = Field(None, description="that belongs to the app")
    instagram_account_id: str = Field("", description="the number of that account, not its name")
    instagram_api_url: str = Field(
        "", description="your own server; empty: the one that belongs to the login"
    )
    instagram_upload_url: str = Field(
        "https://rupload.facebook.com", description="where videos are sent to"
    )
    instagram_api_version: str = Field("v25.0", description="of the Graph API")
    instagram_settle_seconds: float = Field(
        90, ge=0, le=600, description="how long is looked whether a post came whose answer was lost"
    )
    instagram_discloses_ai: bool = Field(
        True, description="posts with pictures made by AI carry Instagram's own sign of that"
    )
    instagram_hashtags: int = Field(
        5, ge=0, le=30, description="hashtags of a post at the most; the page says 30, users 5"
    )

    cloudinary_cloud_name: str = Field("", description="of your Cloudinary account")
    cloudinary_api_key: SecretStr | None = Field(None, description="of that account")
    cloudinary_api_secret: SecretStr | None = Field(None, description="that belongs to the key")
    cloudinary_folder: str = Field("instagram", description="in which pictures are kept")
    cloudinary_size: str = Field(
        "1080x1080",
        pattern=r"^[1-9][0-9]{1,3}x[1-9][0-9]{1,3}$",
        description="of the copies that it cuts when a picture is stored",
    )
    cloudinary_signature_algorithm: Literal["sha1", "sha256"] = Field(
        "sha1", description="as your account is set to"
    )
    cloudinary_delivery_url: str = Field(
        "", description="where pictures are fetched, if not res.cloudinary.com"
    )
    cloudinary_upload_prefix: str = Field(
        "https://api.cloudinary.com", description="or another region's"
    )
    cloudinary_api_proxy: str = Field("", description="a proxy for its calls alone")

    s3_bucket: str = Field("", description="a bucket of S3, MinIO, R2, ...")
    s3_prefix: str = Field("", description="what the names of its objects begin with")
    s3_endpoint_url: str = Field("", description="of a server that is not Amazon's")
    s3_region: str = Field("", description="of the bucket")
    s3_access_key_id: SecretStr | None = Field(None, description="that may read and write there")
    s3_secret_access_key: SecretStr | None = Field(None, description="that belongs to the key")
    s3_public_url: str = Field(
        "", description="where anybody can read the bucket; empty: signed links are made"
    )

    google_application_credentials: SecretStr | None = Field(
        None,
        description="of a Google account: the path of its JSON file, or the JSON itself",
    )
    google_drive_folder_id: str = Field("", description="the folder in which pictures are kept")
    google_drive_public: bool = Field(
        False, description="give anybody with the link the right to see the pictures"
    )
    sheet_finished_rows: Literal["remove", "keep"] = Field(
        "remove", description="rows of the tab Process whose post is out: remove them, or keep them"
    )
    sheets_api_url: str = Field("https://sheets.googleapis.com", description="or your own server")
    google_drive_api_url: str = Field(
        "https://www.googleapis.com", description="or your own server"
    )

    tokens: Literal["file", "prefect"] = Field(
        "file", description="where renewed tokens are kept: a file, or Prefect's Secret blocks"
    )
    tokens_file: Path | None = Field(
        None, description="that file, of mode 600; empty: tokens.json under DATA_DIR"
    )
    reel_audio: Path | None = Field(
        None, description="a file with sound for reels made of pictures; empty: silence"
    )
    reel_seconds: float = Field(
        4, ge=2, le=15, description="for each picture of a reel that is made of them"
    )
    links_may_be_private: bool = Field(
        False, description="media may lie at addresses that only your own network can open"
    )

    site_title: str = Field("Promptpress", description="title of the site")
    site_url: str = Field("", description="where the site is published, for whole addresses")
