"""What keeps pictures: a line per store."""

from collections.abc import Mapping

from promptpress.ports import LinkChecker, MediaStore
from promptpress.settings import Settings
from promptpress.wiring.google import account_of, drive_api
from promptpress.wiring.maker import Maker, now


def _local(settings: Settings) -> MediaStore:
    from promptpress.adapters.local import LocalStore

    return LocalStore(settings.data_dir / "media")


def _drive(settings: Settings) -> MediaStore:
    from promptpress.adapters.google.drive import DriveStore

    api = drive_api(settings, account_of(settings), "drive", "folder")
    folder, public = settings.google_drive_folder_id, settings.google_drive_public
    return DriveStore(api, folder, public=public)


def _cloudinary(settings: Settings) -> MediaStore:
    from promptpress.adapters.cloudinary import CloudinaryStore

    width, height = settings.cloudinary_size.split("x")
    return CloudinaryStore(
        settings.cloudinary_cloud_name,
        settings.secret("CLOUDINARY_API_KEY"),
        settings.secret("CLOUDINARY_API_SECRET"),
        folder=settings.cloudinary_folder,
        size=(int(width), int(height)),
        api_url=settings.cloudinary_upload_prefix,
        api_proxy=settings.cloudinary_api_proxy,
        delivery_url=settings.cloudinary_delivery_url,
        signature_algorithm=settings.cloudinary_signature_algorithm,
        clock=now,
    )


def _s3(settings: Settings) -> MediaStore:
    from promptpress.adapters.s3 import S3Store

    return S3Store(
        settings.s3_bucket,
        access_key=settings.secret("S3_ACCESS_KEY_ID"),
        secret_key=settings.secret("S3_SECRET_ACCESS_KEY"),
        clock=now,
        prefix=settings.s3_prefix,
        endpoint_url=settings.s3_endpoint_url,
        region=settings.s3_region,
        public_url=settings.s3_public_url,
    )


def _site(settings: Settings) -> MediaStore:
    from promptpress.adapters.site.store import SiteStore

    return SiteStore(settings.data_dir / "site", settings.site_url_of("site"))


def _nowhere(settings: Settings) -> MediaStore:  # noqa: ARG001  all makers are called alike
    from promptpress.adapters.none import NoStore

    return NoStore()


def links(settings: Settings) -> LinkChecker:
    """Make what opens an address as a platform will."""
    from promptpress.adapters.links import LinkCheck

    return LinkCheck(allow_private=settings.links_may_be_private, clock=now)


STORES: Mapping[str, Maker] = {
    "cloudinary": Maker(
        _cloudinary,
        needs=("CLOUDINARY_CLOUD_NAME", "CLOUDINARY_API_KEY", "CLOUDINARY_API_SECRET"),
    ),
    "drive": Maker(_drive, needs=("GOOGLE_APPLICATION_CREDENTIALS", "GOOGLE_DRIVE_FOLDER_ID")),
    "local": Maker(_local),
    "none": Maker(_nowhere),
    "s3": Maker(_s3, needs=("S3_BUCKET", "S3_ACCESS_KEY_ID", "S3_SECRET_ACCESS_KEY")),
    "site": Maker(_site, needs=("SITE_URL",)),
}
