import config.lib.public_id
import django.core.serializers.json
import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
        ('rooms', '0006_presence'),
    ]

    operations = [
        migrations.CreateModel(
            name='Admission',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('invited', 'invited'), ('ticket', 'ticket'), ('present', 'was there already')], max_length=8)),
                ('created_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('revoked_at', models.DateTimeField(null=True)),
                ('granted_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('room', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='admissions', to='rooms.room')),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'constraints': [models.UniqueConstraint(condition=models.Q(('revoked_at', None)), fields=('room', 'user', 'kind'), name='rooms_admission_once'), models.CheckConstraint(condition=models.Q(('kind__in', ['invited', 'ticket', 'present'])), name='rooms_admission_kind_known')],
            },
        ),
        migrations.CreateModel(
            name='Ban',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('public_id', models.CharField(default=config.lib.public_id.new_public_id, editable=False, max_length=14, unique=True)),
                ('created_at', models.DateTimeField(default=django.utils.timezone.now, verbose_name='since')),
                ('banned_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='by')),
                ('host', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='host')),
                ('room', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='bans', to='rooms.room', verbose_name='room')),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='person')),
            ],
            options={
                'verbose_name': 'ban',
                'verbose_name_plural': 'bans',
                'constraints': [models.UniqueConstraint(condition=models.Q(('room__isnull', False)), fields=('room', 'user'), name='rooms_ban_once'), models.UniqueConstraint(condition=models.Q(('room', None)), fields=('host', 'user'), name='rooms_ban_of_host_once'), models.CheckConstraint(condition=models.Q(('user', models.F('host')), _negated=True), name='rooms_ban_not_the_host')],
            },
        ),
        migrations.CreateModel(
            name='Removal',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('created_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('removed_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('room', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='removals', to='rooms.room')),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'indexes': [models.Index(fields=['room', 'user', '-id'], name='rooms_removal_latest'), models.Index(fields=['created_at'], name='rooms_removal_recent')],
            },
        ),
        migrations.CreateModel(
            name='Report',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('public_id', models.CharField(default=config.lib.public_id.new_public_id, editable=False, max_length=14, unique=True)),
                ('kind', models.CharField(choices=[('person', 'a person'), ('room', 'a room')], max_length=16, verbose_name='about')),
                ('target', models.CharField(blank=True, max_length=14)),
                ('category', models.CharField(choices=[('harassment', 'Insults or harassment'), ('hate', 'Hatred against a group'), ('violence', 'Threats or violence'), ('sexual', 'Sexual content nobody asked for'), ('minors', 'A child is in danger'), ('self_harm', 'Somebody may hurt themselves'), ('spam', 'Advertising or fraud'), ('privacy', 'Private things of somebody'), ('other', 'Something else')], max_length=12, verbose_name='category')),
                ('note', models.TextField(blank=True, max_length=1000, verbose_name='note')),
                ('snapshot', models.JSONField(encoder=django.core.serializers.json.DjangoJSONEncoder, verbose_name='as it was')),
                ('seq', models.PositiveBigIntegerField(default=0, verbose_name='event')),
                ('created_at', models.DateTimeField(default=django.utils.timezone.now, verbose_name='told')),
                ('decision', models.CharField(blank=True, choices=[('dismiss', 'nothing to do'), ('warn', 'warn the person'), ('remove', 'remove the person from the room'), ('end_room', 'end the room'), ('close_account', 'close the account')], max_length=13, verbose_name='decision')),
                ('reason', models.TextField(blank=True, help_text='Both people read it.', max_length=1000, verbose_name='reason')),
                ('decided_at', models.DateTimeField(null=True, verbose_name='decided')),
                ('decided_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='decided by')),
                ('person', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='person')),
                ('reporter', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='reporter')),
                ('room', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='reports', to='rooms.room', verbose_name='room')),
            ],
            options={
                'verbose_name': 'report',
                'verbose_name_plural': 'reports',
                'indexes': [models.Index(fields=['decision', 'created_at'], name='rooms_report_queue')],
                'constraints': [models.CheckConstraint(condition=models.Q(('category__in', ['harassment', 'hate', 'violence', 'sexual', 'minors', 'self_harm', 'spam', 'privacy', 'other'])), name='rooms_report_category_known'), models.CheckConstraint(condition=models.Q(('decision__in', ['', 'dismiss', 'warn', 'remove', 'end_room', 'close_account'])), name='rooms_report_decision_known'), models.CheckConstraint(condition=models.Q(models.Q(('decided_at', None), ('decision', '')), models.Q(models.Q(('decision', ''), _negated=True), ('decided_at__isnull', False)), _connector='OR'), name='rooms_report_decided_has_time')],
            },
        ),
        migrations.AlterModelOptions(
            name='stagemember',
            options={'verbose_name': 'person on a stage', 'verbose_name_plural': 'people on stages'},
        ),
        migrations.AddField(
            model_name='room',
            name='entry_rule',
            field=models.CharField(choices=[('everyone', 'Everyone'), ('followers', 'People who follow the host'), ('followed', 'People the host follows'), ('mutuals', 'People who follow the host and whom the host follows'), ('invited', 'Only people who were invited'), ('ticket', 'People with a ticket')], default='everyone', max_length=9, verbose_name='who may enter'),
        ),
        migrations.AddField(
            model_name='room',
            name='guests_listen',
            field=models.BooleanField(default=True, verbose_name='people without an account may listen'),
        ),
        migrations.AddConstraint(
            model_name='room',
            constraint=models.CheckConstraint(condition=models.Q(('entry_rule__in', ['everyone', 'followers', 'followed', 'mutuals', 'invited', 'ticket'])), name='rooms_room_entry_rule_known'),
        ),
        migrations.AddConstraint(
            model_name='room',
            constraint=models.CheckConstraint(condition=models.Q(('guests_listen', False), ('entry_rule', 'everyone'), _connector='OR'), name='rooms_room_guests_where_open'),
        ),
    ]
