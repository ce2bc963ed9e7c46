"""A window of WebKitGTK for WebKitWebDriver, with a profile that survives it and a place it can be told.

    phone.py PROFILE PLACE DOWNLOADS

PROFILE is a folder for everything that pages keep. PLACE is a file with where the phone is, as JSON
{"location": {"lat": …, "lng": …}, "accuracy": metres}; without it the phone does not know. Files that
pages offer are saved in the folder DOWNLOADS.

MiniBrowser, which the driver starts by itself, keeps nothing on the disk when it is automated: what is to be seen after a
dead battery could not be seen there.
"""

import json
import os
import sys

import gi

gi.require_version("Gtk", "3.0")
gi.require_version("WebKit2", "4.1")
from gi.repository import GLib, Gtk, WebKit2  # noqa: E402

PROFILE, PLACE, DOWNLOADS = sys.argv[1:4]


def context():
    """Everything below the profile, and English first."""
    data = WebKit2.WebsiteDataManager(
        base_data_directory=os.path.join(PROFILE, "data"), base_cache_directory=os.path.join(PROFILE, "cache")
    )
    made = WebKit2.WebContext(website_data_manager=data)
    cookies = made.get_cookie_manager()
    cookies.set_persistent_storage(os.path.join(PROFILE, "cookies.sqlite"), WebKit2.CookiePersistentStorage.SQLITE)
    made.set_preferred_languages(["en-US"])
    made.set_automation_allowed(True)
    made.get_geolocation_manager().connect("start", locate)
    made.connect("automation-started", on_automation)
    made.connect("download-started", on_download)
    return made


def locate(manager):
    """Answers where the phone is."""
    try:
        with open(PLACE, encoding="utf-8") as file:
            place = json.load(file)
    except FileNotFoundError:
        manager.failed("no fix")
        return True
    at = place["location"]
    manager.update_position(WebKit2.GeolocationPosition.new(at["lat"], at["lng"], place["accuracy"]))
    return True


def on_permission(_view, request):
    """A place may be asked for; nothing else may."""
    if isinstance(request, WebKit2.GeolocationPermissionRequest):
        request.allow()
    else:
        request.deny()
    return True


def on_download(_made, download):
    """Files are saved under the name that the page gives them."""

    def decide(download, name):
        download.set_destination(GLib.filename_to_uri(os.path.join(DOWNLOADS, name), None))
        return True

    download.connect("decide-destination", decide)


def on_automation(made, session):
    """A session of the driver: every tab it asks for is a window."""
    session.connect("create-web-view", lambda _session: window(made))


def window(made):
    """A window of a phone's size."""
    view = WebKit2.WebView(web_context=made, is_controlled_by_automation=True)
    view.connect("permission-request", on_permission)
    frame = Gtk.Window(default_width=390, default_height=844)
    frame.add(view)
    view.connect("close", lambda _view: frame.destroy())
    frame.show_all()
    return view


CONTEXT = context()
GLib.MainLoop().run()
