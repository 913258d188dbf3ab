"""Until now whoever hosted the room earned with it."""

from django.db import migrations
from django.db.models import OuterRef, Subquery


def take_hosts(apps, schema_editor):
    Offer, Room = apps.get_model('ticketing', 'Offer'), apps.get_model('rooms', 'Room')
    host = Room.objects.filter(pk=OuterRef('room'))
    Offer.objects.filter(seller_key='').update(
        seller_id=Subquery(host.values('host')), seller_key=Subquery(host.values('host__public_id'))
    )


class Migration(migrations.Migration):

    dependencies = [
        ('ticketing', '0004_offer_seller'),
        ('rooms', '0012_api'),
    ]

    operations = [
        migrations.RunPython(take_hosts, migrations.RunPython.noop),
    ]
