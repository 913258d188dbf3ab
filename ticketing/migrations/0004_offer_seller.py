"""Write down who made an offer."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
        ('ticketing', '0003_selling'),
    ]

    operations = [
        migrations.AddField(
            model_name='offer',
            name='seller',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='offers', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='offer',
            name='seller_key',
            field=models.CharField(default='', max_length=14),
            preserve_default=False,
        ),
    ]
