import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
        ('media', '0001_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='ListeningReceipt',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('session_key', models.CharField(max_length=64, verbose_name='media session')),
                ('relay_incarnation', models.CharField(max_length=64)),
                ('room_key', models.CharField(max_length=64, verbose_name='room')),
                ('guest_key', models.CharField(blank=True, max_length=64, verbose_name='guest')),
                ('delivered_ms', models.PositiveBigIntegerField(verbose_name='delivered, in milliseconds')),
                ('confirmed_ms', models.PositiveBigIntegerField(verbose_name='confirmed, in milliseconds')),
                ('updated_at', models.DateTimeField(default=django.utils.timezone.now, verbose_name='updated')),
                ('user', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='listening_receipts', to=settings.AUTH_USER_MODEL, verbose_name='person')),
            ],
            options={
                'verbose_name': 'listening receipt',
                'verbose_name_plural': 'listening receipts',
                'indexes': [models.Index(fields=['room_key'], name='media_receipt_room')],
                'constraints': [models.UniqueConstraint(fields=('session_key', 'relay_incarnation'), name='media_receipt_one_per_session'), models.CheckConstraint(condition=models.Q(('confirmed_ms__lte', models.F('delivered_ms'))), name='media_receipt_confirmed_was_delivered'), models.CheckConstraint(condition=models.Q(('user', None), ('guest_key', ''), _connector='OR'), name='media_receipt_person_or_guest')],
            },
        ),
        migrations.AddField(
            model_name='mediasession',
            name='mute_pending',
            field=models.BooleanField(default=False),
        ),
        migrations.AddField(
            model_name='mediasession',
            name='muted',
            field=models.BooleanField(default=True, verbose_name='muted'),
        ),
        migrations.AddIndex(
            model_name='mediasession',
            index=models.Index(condition=models.Q(('state__in', ['opening', 'connected']), ('mute_pending', True)), fields=['relay_incarnation'], name='media_session_mute_pending'),
        ),
        migrations.AddConstraint(
            model_name='mediasession',
            constraint=models.CheckConstraint(condition=models.Q(('mute_pending', False), ('kind', 'publish'), _connector='OR'), name='media_session_mute_pending_publishes'),
        ),
    ]
