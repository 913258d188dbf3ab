"""Every offer has a seller from now on."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('ticketing', '0005_seller_was_host'),
    ]

    operations = [
        migrations.AddIndex(
            model_name='offer',
            index=models.Index(fields=['seller_key'], name='ticketing_offer_of_seller'),
        ),
        migrations.AddConstraint(
            model_name='offer',
            constraint=models.CheckConstraint(condition=models.Q(('seller_key', ''), _negated=True), name='ticketing_offer_has_seller'),
        ),
    ]
